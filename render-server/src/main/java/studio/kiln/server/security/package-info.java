/** Who a caller is, and whether a request may come in at all. */
@NullMarked
package studio.kiln.server.security;

import org.jspecify.annotations.NullMarked;
