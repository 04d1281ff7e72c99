/** What people and their tokens did, or were refused, in a log whose rows are sealed one after the other. */
@NullMarked
package studio.kiln.server.audit;

import org.jspecify.annotations.NullMarked;
