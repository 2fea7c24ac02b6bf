"""How an account gets in: verified TLS stream, then login. Below the rooms that speak on that stream."""
