/** From what a person asked for to the outputs that are owed and the chunks that are scheduled. */
@NullMarked
package studio.kiln.core.plan;

import org.jspecify.annotations.NullMarked;
