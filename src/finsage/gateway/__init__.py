"""The door to the network: what every request passes before a route sees it, and what is served beside the API.

``pipeline`` composes the stages; each is a pure ASGI class in a file of its own and knows nothing of any slice but
identity's door. ``exchange`` is what the stages of one request tell each other.
"""
