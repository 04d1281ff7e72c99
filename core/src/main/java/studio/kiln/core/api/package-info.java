/** The HTTP API as records, and the client that the command line and the studio share. */
@NullMarked
package studio.kiln.core.api;

import org.jspecify.annotations.NullMarked;
