/** One access key as the simulated STS would have issued it. */
export interface KmsCredential {
  readonly secretAccessKey: string
  /** Absent for long-term keys; where present a request must carry exactly this token. */
  readonly sessionToken?: string
  /** The caller: an IAM user or role, the account's root, or an assumed-role session ARN. */
  readonly principalArn: string
  /** Unix milliseconds; from this moment on the credential answers ExpiredTokenException. Absent: never. */
  readonly expiresAt?: number
}

/** Says which access keys exist and to whom they belong. */
export interface CredentialDirectory {
  /** The credential of an access key id, or `undefined` where there is none. Asked anew for every request. */
  find (accessKeyId: string): KmsCredential | undefined
}
