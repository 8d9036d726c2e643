"""The files of a product's photos, for marketplaces that are sent files."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from PIL import Image, UnidentifiedImageError

from marketplaces import http
from marketplaces.models import Product, ProductImage
from marketplaces.product_facts import Picture
from marketplaces.product_faults import JPEG, PictureRules, of_file, too_large
from tasks.errors import OutageError, PermanentError, TransientError
from tasks.sentences import sentence

_MOST_REDIRECTS = 3
_CORRECT_LINK = sentence(
    "Correct the photo's link, or add the photo as a file, then retry the job."
)
_ADD_AGAIN = sentence("Add the photo to the product again, then retry the job.")


class PhotoFile(NamedTuple):
    content: bytes
    filename: str
    content_type: str


def photo_file(
    product: Product, checksum: str, rules: PictureRules, *, timeout: float
) -> PhotoFile:
    """The file of the photo with this checksum, fetched now where the product has a link.

    `timeout` in seconds for each request. PermanentError when it cannot be had, or when what a link
    leads to is nothing that `rules` take.
    """
    photo = photo_of(product, checksum)
    return file_behind(photo, rules, timeout=timeout) if photo.url else file_of(photo)


def can_be_fetched(url: str) -> bool:
    """Whether StoFlow fetches a photo from this link, for marketplaces that take files only."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or http.is_loopback(parts.hostname or "")
    )


def photo_of(product: Product, checksum: str) -> ProductImage:
    """The photo with this checksum; PermanentError when the product has it no longer."""
    for photo in product.images.all():
        if photo.checksum == checksum:
            return photo
    raise PermanentError(
        sentence("A photo was removed from the product while it was being published."),
        advice=sentence("Retry the job: it sends the photos that the product has now."),
    )


def file_of(photo: ProductImage) -> PhotoFile:
    """The file of a photo that is no link.

    PermanentError when it cannot be read, or is not the one that was added.
    """
    name = PurePosixPath(str(photo.file.name)).name
    content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    try:
        with photo.file.open("rb") as file:
            content = file.read()
    except OSError as error:
        raise PermanentError(
            sentence("The file of photo {position} cannot be read.", position=photo.position),
            advice=_ADD_AGAIN,
        ) from error
    if sha256(content).hexdigest() != photo.checksum:
        raise PermanentError(
            sentence(
                "The file of photo {position} is damaged, or another one than was added.",
                position=photo.position,
            ),
            advice=_ADD_AGAIN,
        )
    return PhotoFile(content, name, content_type)


def file_behind(photo: ProductImage, rules: PictureRules, *, timeout: float) -> PhotoFile:
    """The file that a photo's link leads to, fetched now; `timeout` in seconds for each request.

    PermanentError when the link leads to no image, or to one that `rules` do not take; only
    addresses of the public internet are called unless LOCAL_PHOTO_LINKS is set.
    """
    response = _followed(photo, rules, timeout)
    if not response.is_success:
        raise _refusal(photo, response)
    picture = _picture_in(photo, response)
    faults = list(of_file(photo.position, picture, rules))
    if faults:
        raise _unfit(rules, faults, response.evidence)
    name = PurePosixPath(urlsplit(photo.url).path).name or f"photo-{photo.position}"
    kind = "JPEG" if picture.format in JPEG else picture.format
    return PhotoFile(response.body, name, Image.MIME[kind])


def _picture_in(photo: ProductImage, response: http.Response) -> Picture:
    content = response.body
    try:
        with Image.open(BytesIO(content)) as image:
            return Picture(
                photo.position,
                photo.checksum,
                url=photo.url,
                format=image.format or "",
                width=image.width,
                height=image.height,
                byte_count=len(content),
            )
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise PermanentError(
            sentence("The link of photo {position} leads to no image.", position=photo.position),
            advice=_CORRECT_LINK,
            evidence=response.evidence,
        ) from error


def _unfit(
    rules: PictureRules, faults: Sequence[str], evidence: Mapping[str, Any]
) -> PermanentError:
    """As validation says it of a file."""
    return PermanentError(
        sentence(
            "The product cannot go to {marketplace}: {faults}.",
            marketplace=rules.marketplace,
            faults="; ".join(faults),
        ),
        advice=_CORRECT_LINK,
        evidence=evidence,
    )


def _followed(photo: ProductImage, rules: PictureRules, timeout: float) -> http.Response:
    """The answer at the end of the redirects, each of which is checked like the first link."""
    url = photo.url
    for _ in range(_MOST_REDIRECTS + 1):
        try:
            response = http.send(_request(photo, url, timeout))
        except http.AnswerTooLargeError as error:
            raise _unfit(rules, [too_large(photo.position, rules)], error.evidence) from error
        except OutageError as error:
            # The shop's own server is down: that is no reason to think so of the marketplace.
            raise TransientError(error.message, evidence=error.evidence) from error
        target = response.headers.get("location", "")
        if not (300 <= response.status < 400 and target):
            return response
        url = urljoin(url, target)
    raise PermanentError(
        sentence(
            "The link of photo {position} is redirected again and again.", position=photo.position
        ),
        advice=_CORRECT_LINK,
    )


def _request(photo: ProductImage, url: str, timeout: float) -> http.Request:
    try:
        return http.Request(
            "GET",
            url,
            headers={"Accept": "image/*"},
            timeout=timeout,
            public_only=not settings.LOCAL_PHOTO_LINKS,
        )
    except http.InsecureUrlError as error:
        raise PermanentError(
            sentence(
                "The link of photo {position} does not start with https://.",
                position=photo.position,
            ),
            advice=_CORRECT_LINK,
        ) from error


def _refusal(photo: ProductImage, response: http.Response) -> PermanentError | TransientError:
    told = {"position": photo.position, "host": response.request.host, "status": response.status}
    if response.status in {408, 425, 429} or response.status >= 500:
        return TransientError(
            sentence("{host} does not give out photo {position} now ({status}).", **told),
            evidence=response.evidence,
        )
    return PermanentError(
        sentence("{host} does not give out photo {position} ({status}).", **told),
        advice=_CORRECT_LINK,
        evidence=response.evidence,
    )
