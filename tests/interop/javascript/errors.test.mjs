// Failures, with the texts that clients have always seen.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from './support/connection.mjs';
import { forEveryVariant } from './support/variants.mjs';

const QUIET = '/conformance';
const DETAILED = '/conformance-detailed';

/** Method, arguments, then the error without and with detailed errors. */
const FAILURES = [
  {
    about: 'a failure of the method itself stays inside the server',
    call: ['ThrowPlain', 'secret'],
    quiet: "An unexpected error occurred invoking 'ThrowPlain' on the server.",
    detailed: "An unexpected error occurred invoking 'ThrowPlain' on the server. InvalidOperationException: secret",
  },
  {
    about: 'an error meant for the client arrives',
    call: ['ThrowHub', 'for you'],
    quiet: "An unexpected error occurred invoking 'ThrowHub' on the server. HubException: for you",
    detailed: "An unexpected error occurred invoking 'ThrowHub' on the server. HubException: for you",
  },
  {
    about: 'an unknown method',
    call: ['NoSuchMethod'],
    quiet:
      "Failed to invoke 'NoSuchMethod' due to an error on the server. HubException: Method does not exist.",
    detailed:
      "Failed to invoke 'NoSuchMethod' due to an error on the server. HubException: Method does not exist.",
  },
  {
    about: 'too few arguments',
    call: ['Add', 1],
    quiet: "Failed to invoke 'Add' due to an error on the server.",
    detailed:
      "Failed to invoke 'Add' due to an error on the server. InvalidDataException: Invocation provides 1 argument(s) but target expects 2.",
  },
  {
    about: 'too many arguments',
    call: ['Echo', 'a', 'b'],
    quiet: "Failed to invoke 'Echo' due to an error on the server.",
    detailed:
      "Failed to invoke 'Echo' due to an error on the server. InvalidDataException: Invocation provides 2 argument(s) but target expects 1.",
  },
  {
    about: 'an argument of another type',
    call: ['Add', 'one', 2],
    quiet: "Failed to invoke 'Add' due to an error on the server.",
  },
  {
    about: 'a streaming method called plainly',
    call: ['Count', 3],
    quiet: "The client attempted to invoke the streaming 'Count' method with a non-streaming invocation.",
    detailed: "The client attempted to invoke the streaming 'Count' method with a non-streaming invocation.",
  },
];

forEveryVariant('errors', variant => {
  for (const { about, call, quiet, detailed } of FAILURES)
    test(about, async t => {
      const connection = await connect(t, variant, QUIET);
      await assert.rejects(connection.invoke(...call), { message: quiet });
      assert.equal(await connection.invoke('Echo', 'still here'), 'still here');
      if (!detailed) return;
      const talkative = await connect(t, variant, DETAILED);
      await assert.rejects(talkative.invoke(...call), { message: detailed });
    });
});
