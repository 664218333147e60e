"""RQ jobs: thin synchronous shells around use cases, and the schedule that enqueues them."""
