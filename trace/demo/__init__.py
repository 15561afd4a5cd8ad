"""The demonstration (DOMAIN §17): a made-up world with one example for each verdict, built as real signed transactions in mined blocks."""
