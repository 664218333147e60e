"""What happens when too many wait: merged queues, overflow, who helps whom."""
