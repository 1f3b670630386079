"""The studio: pages for browsers, made with what the API's services offer."""
