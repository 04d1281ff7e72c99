/** Signing in, accounts, groups, shares and the audit log, in a terminal. */
@NullMarked
package studio.kiln.server.cli.account;

import org.jspecify.annotations.NullMarked;
