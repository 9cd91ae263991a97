#!/usr/bin/env bash
# Times vigie as a whole process: counts, a verdict file for every row, 500 rules, French files.
#   bench/run.sh [ROWS] [RUNS]        1000000 rows, 5 runs
# Needs Python 3 for the synthetic inventory. Files stay in $VIGIE_BENCH (a temporary folder by default) for the next time.
set -euo pipefail
cd "$(dirname "$0")/.."
rows=${1:-1000000} runs=${2:-5}
folder=${VIGIE_BENCH:-${TMPDIR:-/tmp}/vigie-bench}
mkdir -p "$folder"
cargo build --release --quiet
[ -s "$folder/parc-$rows.csv" ] || python3 bench/workload.py inventory "$rows" "$folder/parc-$rows.csv"
[ -s "$folder/parc-$rows-fr.csv" ] || python3 bench/workload.py inventory "$rows" "$folder/parc-$rows-fr.csv" --french
for n in 20 500; do
  rm -rf "$folder/rules-$n"
  python3 bench/workload.py rules "$n" "$folder/rules-$n"
done

# Median of wall and of CPU (user + system) over the runs, after one that is not counted.
measure() {
  local name=$1
  shift
  local TIMEFORMAT='%R %U %S'
  for run in $(seq 0 "$runs"); do
    { time "$@" >/dev/null; } 2>"$folder/time"
    [ "$run" = 0 ] || awk '{ print $1, $2 + $3 }' "$folder/time"
  done | awk -v name="$name" '
    { wall[NR] = $1; cpu[NR] = $2 }
    function median(a, i, j, t) {
      for (i = 1; i <= NR; i++) for (j = i + 1; j <= NR; j++) if (a[j] < a[i]) { t = a[i]; a[i] = a[j]; a[j] = t }
      return a[int((NR + 1) / 2)]
    }
    END { printf "%-34s wall %6.3f s   CPU %6.3f s\n", name, median(wall), median(cpu) }'
}
audit() { target/release/vigie audit --rules "$folder/rules-$1" --pack charge --as-of 2018-06-30 --format json "${@:2}"; }
file=$folder/parc-$rows.csv
echo "$rows rows, $(stat -c %s "$file") bytes, median of $runs runs"
measure "20 rules, counts" audit 20 "$file" --horizon 0
measure "20 rules, counts, horizon 6mo" audit 20 "$file"
measure "20 rules, a verdict for each row" audit 20 "$file" --horizon 0 --verdicts "$folder/verdicts.csv"
measure "500 rules, counts" audit 500 "$file" --horizon 0
measure "Windows-1252, ; and CRLF, counts" audit 20 "$folder/parc-$rows-fr.csv" --horizon 0
measure "wc -l" wc -l "$file"
