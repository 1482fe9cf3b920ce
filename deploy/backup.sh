#!/bin/sh
# Writes a backup of the running services of compose.yml into a folder and deletes those older than so many days.
#   deploy/backup.sh /srv/backup 30
# Prints nothing unless something fails, so that cron sends a mail only then.
set -eu
umask 077
folder=${1:?the folder for the backups}
days=${2:?after how many days a backup is deleted}
cd "$(dirname "$0")/.."

name=rathausbote-$(date +%Y-%m-%d-%H%M%S).gz
trap 'docker compose exec -T web1 rm -f "/tmp/$name"; rm -f "$folder/.$name.part"' EXIT
docker compose exec -T web1 rathausbote backup "/tmp/$name" >/dev/null
docker compose exec -T web1 cat "/tmp/$name" >"$folder/.$name.part"
mv "$folder/.$name.part" "$folder/$name"
find "$folder" -maxdepth 1 -name 'rathausbote-*.gz' -mtime "+$days" -delete
