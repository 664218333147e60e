"""Which queue, which agent. The deciding part is pure: state and event in, decisions out."""
