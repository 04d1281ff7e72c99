/** The domain of Kiln: no I/O framework, no database, no user interface. */
@NullMarked
package studio.kiln.core;

import org.jspecify.annotations.NullMarked;
