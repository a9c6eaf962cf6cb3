/**
 * Matches IAM's wildcards: `*` stands for any number of characters, `?` for one. Time grows with the product of the two lengths at worst;
 * no regular expression is made of a caller's text.
 */
export function matchesWildcard (pattern: string, text: string): boolean {
  let patternAt = 0
  let textAt = 0
  let starAt = -1
  let retryAt = 0
  while (textAt < text.length) {
    if (pattern[patternAt] === '*') {
      starAt = patternAt++
      retryAt = textAt
    } else if (pattern[patternAt] === '?' || pattern[patternAt] === text[textAt]) {
      patternAt++
      textAt++
    } else if (starAt !== -1) {
      patternAt = starAt + 1
      textAt = ++retryAt
    } else {
      return false
    }
  }
  while (pattern[patternAt] === '*') patternAt++
  return patternAt === pattern.length
}

/** Matches an ARN part by part: `*` never reaches over one of the first five colons (IAM's ArnLike, and ArnEquals, which is the same). */
export function matchesArn (pattern: string, arn: string): boolean {
  const patternParts = splitArn(pattern)
  const arnParts = splitArn(arn)
  return patternParts.length === 6 && arnParts.length === 6 &&
    patternParts.every((part, index) => matchesWildcard(part, arnParts[index] ?? ''))
}

function splitArn (arn: string): string[] {
  const parts = arn.split(':')
  return parts.length < 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')]
}
