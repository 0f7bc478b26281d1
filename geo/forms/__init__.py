"""What goes back to senders: blank templates and marked copies."""
