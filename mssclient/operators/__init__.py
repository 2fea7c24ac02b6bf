"""What is known of operators: TLS policy, capabilities and their fallbacks, names of special folders."""
