/** {@code kiln tasks}: seeing and steering what was submitted. */
@NullMarked
package studio.kiln.server.cli.tasks;

import org.jspecify.annotations.NullMarked;
