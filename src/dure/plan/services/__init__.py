"""What planning can do: compose a quote, accept it, release its job orders, change a plan."""
