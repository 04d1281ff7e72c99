/** Who may do what. */
@NullMarked
package studio.kiln.core.access;

import org.jspecify.annotations.NullMarked;
