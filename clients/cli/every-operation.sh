#!/usr/bin/env bash
# Every operation of the Videos API with the official command line.
#
# OPENAI_BASE_URL and OPENAI_API_KEY say where the server is; picture.png lies in this folder.
# VIDEOS="vitascope videos" says the same with this project's own command.
set -euo pipefail

videos=${VIDEOS:-openai videos}

# One field of what a command answers.
field() {
    local name=$1
    shift
    $videos "$@" --transform "$name" --raw-output
}

# Waits for a job; it must come to a good end.
finished() {
    local status=queued
    while [ "$status" = queued ] || [ "$status" = in_progress ]; do
        sleep 0.2
        status=$(field status retrieve "$1")
    done
    same "$status" completed
}

same() {
    if [ "$1" != "$2" ]; then
        echo "not the same: '$1' and '$2'" >&2
        exit 1
    fi
}

# Runs a command that the server must refuse; the error's code, in quotes: --raw-output is for data.
refused() {
    local code
    if code=$($videos "$@" --transform-error code 2>/dev/null); then
        echo "not refused: $*" >&2
        exit 1
    fi
    echo "$code"
}

# Create a video, wait for it, look at it.
video=$(field id create --prompt 'A fox runs through a snowy forest at dusk' \
    --model sora-2 --seconds 4 --size 720x1280)
finished "$video"
same "$(field progress retrieve "$video")" 100

# Download it: the film, a picture of it, a sheet of pictures.
$videos download-content "$video" --output fox.mp4
$videos download-content "$video" --variant thumbnail --output fox.webp
$videos download-content "$video" --variant spritesheet --output fox.jpg
same "$(head -c 8 fox.mp4 | tail -c 4)" ftyp
same "$(head -c 12 fox.webp | tail -c 4)" WEBP
same "$(head -c 3 fox.jpg | od -An -tx1 | tr -d ' ')" ffd8ff

# Begin with a picture.
from_picture=$(field id create --prompt 'Snow begins to fall, an owl flies past' \
    --input-reference @picture.png)

# Make a character out of a film.
character=$(field id create-character --name Mossy --video fox.mp4)
same "$(field name get-character "$character")" Mossy
# The command has no flag for it; what is piped in goes into the body.
scene=$(echo "characters: [{id: $character}]" |
    field id create --prompt 'Mossy walks along a beach at dawn')

# Go on from a film.
remix=$(field id remix "$video" --prompt 'A fox runs through a snowy forest at night')
edit=$(field id edit --prompt 'Make it night' --video "{id: $video}")
longer=$(field id extend --prompt 'Snow begins to fall' --seconds 4 --video "{id: $video}")

# Go on from a film of one's own.
own_edit=$(field id edit --prompt 'Make it look like an old film' --video @fox.mp4)
own_longer=$(field id extend --prompt 'Snow begins to fall' --seconds 4 --video @fox.mp4)

# Wait for them all.
for job in "$from_picture" "$scene" "$remix" "$edit" "$longer" "$own_edit" "$own_longer"; do
    finished "$job"
done
same "$(field remixed_from_video_id retrieve "$remix")" "$video"
same "$(field seconds retrieve "$longer")" 8
same "$(field seconds retrieve "$own_longer")" 8

# List the newest, in pages of three.
same "$($videos list --limit 3 --max-items 8 --transform id --raw-output)" \
    "$(printf '%s\n' "$own_longer" "$own_edit" "$longer" "$edit" "$remix" "$scene" \
        "$from_picture" "$video")"

# Delete one; it is gone.
same "$(field deleted delete "$own_edit")" true
refused retrieve "$own_edit" >/dev/null

# What can't be done: an error on stdout, and exit status 1.
same "$(refused create --prompt 'A cat' --seconds 5)" '"invalid_value"'
same "$(refused create --prompt '')" '"empty_string"'
