#!/usr/bin/env bash
# Runs the simulations of agents and of histories for hours, seed after seed, and ends with the first batch in which one fails.
#   eng/simulate-night.sh [HOURS] [FIRST_SEED]
# Without arguments: 8 hours, from a seed that follows from the time. The last lines name the seeds that failed and how to run one alone.
set -euo pipefail

cd "$(dirname "$0")/.."
hours="${1:-8}"
seed="${2:-$(($(date +%s) % 1000000 * 1000))}"
batch=2000
end=$(($(date +%s) + hours * 3600))
log="$(mktemp)"
trap 'rm -f "$log"' EXIT

dotnet build tests/Holdfast.Simulation.Tests -c Release -v q --nologo
while (($(date +%s) < end)); do
  if ! AGENTS_FROM="$seed" AGENTS_SEEDS="$batch" HISTORIES_FROM="$seed" HISTORIES_SEEDS="$batch" dotnet tests/Holdfast.Simulation.Tests/bin/Release/net10.0/Holdfast.Simulation.Tests.dll \
    -noLogo -noColor -method 'Holdfast.Simulation.Tests.Agents.AgentSimulationTests.EverySeed_KeepsEveryPromise' \
    -method 'Holdfast.Simulation.Tests.Histories.HistorySimulationTests.EverySeed_ShowsWhatWasCommitted_WhateverIsDoneToThePast' > "$log"; then
    cat "$log"
    grep -o 'seed [0-9]*: .*' "$log" | sort -u || true
    echo "Failed between seeds $seed and $((seed + batch - 1)). To run one alone: AGENTS_SEED=N or HISTORIES_SEED=N dotnet test tests/Holdfast.Simulation.Tests"
    exit 1
  fi

  seed=$((seed + batch))
  echo "$(date +%T) all seeds before $seed keep every promise"
done
