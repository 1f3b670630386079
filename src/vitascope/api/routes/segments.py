"""`/videos/{id}/segments`: the timeline of a video, and one of its segments made again."""

from __future__ import annotations

from functools import partial

from starlette.responses import Response

from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing.operations import SegmentParameters
from vitascope.api.routes.videos import find_video
from vitascope.api.routing import Routes
from vitascope.api.schemas import SegmentList, VideoObject
from vitascope.api.services.container import ApiRequest
from vitascope.api.services.segment_again import segment_again
from vitascope.api.services.segments import timeline
from vitascope.api.services.submission import create_job

routes = Routes("Videos")


@routes.get("/videos/{video_id}/segments", answer=SegmentList, refusals=(401, 404))
async def list_segments(request: ApiRequest) -> Response:
    """The segments of a video, in order: the first, and one for each extension."""
    spec = (await find_video(request)).spec
    data = [segment.to_wire(spec.fps) for segment in timeline(spec)]
    return JsonResponse({"object": "list", "data": data})


@routes.post(
    "/videos/{video_id}/segments/{segment}",
    answer=VideoObject,
    refusals=(400, 401, 404, 413, 429),
    body=SegmentParameters,
)
async def make_segment_again(request: ApiRequest) -> Response:
    """Make one segment of a completed video again, with another prompt or seed.

    The answer is a new video: what comes before the segment is copied, and what follows it is made
    again with its own prompts. The old video stays.
    """
    names = request.path_params
    make = partial(segment_again, video_id=names["video_id"], index=names["segment"])
    async with request.payload() as body:
        return await create_job(request, body, SegmentParameters, make)
