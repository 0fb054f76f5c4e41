"""One small model in every engine that is compared."""
