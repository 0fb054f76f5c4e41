"""What projections say: effects, their parts, their uncertainty, and targets."""
