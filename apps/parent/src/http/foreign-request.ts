import { RequestProblem } from '../problems/request-problem.ts'

/** The problem of a request to a loopback address that a page in a browser may have sent. */
export function foreignRequest (): RequestProblem {
  return new RequestProblem('NOT_PERMITTED', 'on loopback, Host must be localhost, an address in 127.0.0.0/8 or [::1], and Origin, if there is one, the same')
}
