"""The headers of a refusal that time lifts (draft-ietf-httpapi-ratelimit-headers, and RFC 9110, 10.2.3)."""


def headers(policy: str, quota: int, window: int, seconds: int) -> dict[str, str]:
    """What a 429 carries: `quota` calls in a `window` of seconds are allowed, and in `seconds` there is room again."""
    return {
        "Retry-After": str(seconds),
        "RateLimit": f'"{policy}";r=0;t={seconds}',
        "RateLimit-Policy": f'"{policy}";q={quota};w={window}',
    }
