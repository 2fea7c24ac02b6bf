"""Pro Santé Connect: who the person is (OpenID Connect), and the token that opens the BAL."""
