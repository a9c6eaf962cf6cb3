/** Folders at the top of a package that are for its authors. */
const authorsFolders = /\/node_modules\/(?:@[^/]+\/)?[^/]+\/(?:test|tests|bench|benchmark|doc|docs|example|examples|\.github)\//

/** What Node reads, and the licences that go with it. */
const runtimeFile = /(?:\.[cm]?js|\/package\.json|\/(?:licen[cs]e|notice)[^/]*)$/i

/** Addons for glibc on x86-64, as node-gyp-build and koffi name them. */
const nativeAddon = /\/(?:linux-x64\/[^/]*\.glibc|linux_x64\/[^/]+)\.node$/

/** Node itself has a place of its own in the image; pnpm's shell wrappers would need a shell. */
const elsewhere = /\/node-linux-|\/\.bin\//

/**
 * Whether a file of `node_modules` goes into the enclave's image: only what can run there does. `path` begins with a slash and is
 * relative to the workspace. Links are kept by the same rule as the folder they stand in.
 */
export function isKept (path: string, isLink: boolean): boolean {
  if (elsewhere.test(path) || authorsFolders.test(path)) return false
  return isLink || runtimeFile.test(path) || nativeAddon.test(path)
}
