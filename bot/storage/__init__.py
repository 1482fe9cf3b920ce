"""Tables, repositories and events; the only package that imports sqlalchemy."""
