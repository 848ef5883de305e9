#!/usr/bin/env bash
# Waits until an image is in every region of its registry. Needs bash and curl.
#
#   LANDFALL_URL      https://APP.azurewebsites.net
#   LANDFALL_KEY      a function key of the app
#   REGISTRY          contoso
#   IMAGE             public/products/web:1.3@sha256:…   With the digest: without one, a tag that existed before this push
#                     is answered for by what it pointed to then.
#   TIMEOUT_SECONDS   900 unless given
#
# Ends with 0 landed · 1 wrong settings or no access · 3 superseded or abandoned: do not deploy · 4 time is up.
# On GitHub Actions and Azure Pipelines the digest becomes the output `digest`.
set -euo pipefail

: "${LANDFALL_URL:?is not set}" "${LANDFALL_KEY:?is not set}" "${REGISTRY:?is not set}" "${IMAGE:?is not set}"
deadline=$((SECONDS + ${TIMEOUT_SECONDS:-900}))
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

while true; do
  left=$((deadline - SECONDS))
  wait=$((left > 60 ? 60 : left < 0 ? 0 : left))
  # The key comes by a pipe: the command line can be seen by every process of the machine.
  status=$(curl --silent --show-error --max-time $((wait + 20)) --output "$answer" --write-out '%{http_code}' \
    --header @<(printf 'x-functions-key: %s' "$LANDFALL_KEY") \
    "${LANDFALL_URL%/}/api/replications/$REGISTRY/$IMAGE?wait=$wait") || status=000
  body=$(cat "$answer")
  case $status in
    200)
      if ! [[ $body =~ \"digest\":\"(sha[0-9]+:[0-9a-f]+)\" ]]; then
        echo "Expected an answer of Landfall, got $body" >&2
        exit 1
      fi
      digest=${BASH_REMATCH[1]}
      echo "$IMAGE is in every region: $digest"
      if [[ -n ${GITHUB_OUTPUT:-} ]]; then echo "digest=$digest" >>"$GITHUB_OUTPUT"; fi
      if [[ -n ${TF_BUILD:-} ]]; then echo "##vso[task.setvariable variable=digest;isOutput=true]$digest"; fi
      exit 0
      ;;
    409)
      echo "Not to be deployed: $body" >&2
      exit 3
      ;;
    202) reason='it is not in every region yet' ;;
    404)
      # Other 404s are of a registry that is not watched, or of another server.
      if [[ $body != *'Unknown push'* ]]; then
        echo "Not found: $body" >&2
        exit 1
      fi
      reason='no region has reported it yet'
      ;;
    000 | 408 | 429 | 5??) reason="the app does not answer (status $status)" ;;
    *)
      echo "Status $status: $body" >&2
      exit 1
      ;;
  esac
  if ((SECONDS >= deadline)); then
    echo "Time is up: $reason. $body" >&2
    exit 4
  fi
  echo "Waiting for $IMAGE: $reason"
  # An answer that the app did not hold back would make this a busy loop.
  sleep 2
done
