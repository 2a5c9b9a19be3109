"""The OpenAPI document: FastAPI's description of the routes, completed to what a client needs to know."""
