"""What is known of dangerous access, as data: ways to more permissions, actions by their harm."""
