"""What is read: figures, priors, links, levers and targets of a models folder, and scenarios."""
