/** The states of tasks, chunks and attempts, and the one table of transitions between them. */
@NullMarked
package studio.kiln.core.task;

import org.jspecify.annotations.NullMarked;
