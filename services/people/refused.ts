/** Somebody cannot sign in, and may know why: the message is theirs to read. */
export class SignInRefused extends Error {
  readonly code: 'provider' | 'claims' | 'not_joined' | 'login_taken' | 'expired' | 'ended';
  constructor(code: SignInRefused['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SignInRefused';
    this.code = code;
  }
}

/** The provider does not answer, or not as one does. Who is signed in goes on. */
export class ProviderUnavailable extends Error {
  constructor(cause: unknown) {
    super('The identity provider does not answer.', { cause });
    this.name = 'ProviderUnavailable';
  }
}
