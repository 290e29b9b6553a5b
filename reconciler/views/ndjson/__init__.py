"""A stream of events, one JSON object a line, with Terraform's manners: plan, apply as it goes on, drift."""
