#!/usr/bin/env bash
# Fills task-definition.json from the outputs of a stack, registers it with ECS and prints its ARN.
set -euo pipefail

if [ $# -ne 4 ]; then
  echo 'Usage: register-task-definition.sh <stack> <parent image> <enclave image> <PCR0>' >&2
  exit 2
fi
stack=$1

definition=$(<"$(dirname "$0")/task-definition.json")

fill() {
  local place="\${$1}"
  definition=${definition//"$place"/"$2"}
}

fill ParentImage "$2"
fill EnclaveImage "$3"
fill Pcr0 "$4"
outputs=$(aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].Outputs[].[OutputKey,OutputValue]' --output text)
while read -r name value; do fill "$name" "$value"; done <<< "$outputs"

# shellcheck disable=SC2016
if [[ $definition == *'${'* ]]; then
  echo "the stack $stack has no output for every place in task-definition.json" >&2
  exit 1
fi
aws ecs register-task-definition --cli-input-json "$definition" --query taskDefinition.taskDefinitionArn --output text
