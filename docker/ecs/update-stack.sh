#!/usr/bin/env bash
# Gives some parameters of a stack new values, leaves the template and the others as they are, and waits until it is done.
set -euo pipefail

if [ $# -lt 2 ]; then
  echo 'Usage: update-stack.sh <stack> <Parameter>=<value>...' >&2
  exit 2
fi
stack=$1
shift

declare -A wanted
for setting in "$@"; do wanted[${setting%%=*}]=${setting#*=}; done

parameters=()
names=$(aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].Parameters[].ParameterKey' --output text)
for name in $names; do
  if [ -v "wanted[$name]" ]; then
    # In the AWS command line's shorthand a comma inside a value is written with a backslash.
    parameters+=("ParameterKey=$name,ParameterValue=${wanted[$name]//,/\\,}")
    unset "wanted[$name]"
  else
    parameters+=("ParameterKey=$name,UsePreviousValue=true")
  fi
done
if [ ${#wanted[@]} -gt 0 ]; then
  echo "the stack $stack has no parameter ${!wanted[*]}" >&2
  exit 1
fi

if ! answer=$(aws cloudformation update-stack --stack-name "$stack" --use-previous-template \
  --capabilities CAPABILITY_IAM --parameters "${parameters[@]}" 2>&1); then
  case $answer in
    *'No updates are to be performed'*) echo 'nothing to change'; exit 0 ;;
    *) echo "$answer" >&2; exit 1 ;;
  esac
fi
aws cloudformation wait stack-update-complete --stack-name "$stack"
