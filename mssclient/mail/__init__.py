"""IMAP and SMTP: news into the store, wants out of it. One ``Mailbox`` for each account (BAL)."""
