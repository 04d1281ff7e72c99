/** The command line: every headless command, spoken to a server through {@link studio.kiln.core.api.KilnClient}. */
@NullMarked
package studio.kiln.server.cli;

import org.jspecify.annotations.NullMarked;
