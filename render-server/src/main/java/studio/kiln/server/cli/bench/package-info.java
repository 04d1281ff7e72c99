/** {@code kiln bench}: measured promises. */
@NullMarked
package studio.kiln.server.cli.bench;

import org.jspecify.annotations.NullMarked;
