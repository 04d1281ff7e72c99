/** The JavaFX studio. */
@NullMarked
package studio.kiln.desktop;

import org.jspecify.annotations.NullMarked;
