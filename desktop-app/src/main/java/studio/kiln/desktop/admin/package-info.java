/** Accounts, tokens and the audit log of a studio, for its administrators. */
@NullMarked
package studio.kiln.desktop.admin;

import org.jspecify.annotations.NullMarked;
