/** The canonical description of everything that determines the pixels of one output. */
@NullMarked
package studio.kiln.core.recipe;

import org.jspecify.annotations.NullMarked;
