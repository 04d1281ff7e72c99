/** The HTTP API: one table of routes, what serves it, how errors are said, and its description. */
@NullMarked
package studio.kiln.server.http;

import org.jspecify.annotations.NullMarked;
