"""Code that both senders share: settings, decompression, failure messages."""
