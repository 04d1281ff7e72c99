package studio.kiln.core.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import studio.kiln.core.access.Decision.Allowed;
import studio.kiln.core.access.Decision.Denied;

class PolicyTest {
    private final Policy policy = new Policy();

    private static Caller.Person person(String name, Role role) {
        return new Caller.Person("id-" + name, name, role, Set.of(), new Caller.Credential("c", true));
    }

    private static Thing task(String owner, String projectOwner, Access shared) {
        return new Thing(Thing.Kind.TASK, "12", owner, projectOwner, shared);
    }

    private static Thing model(String owner, Access shared) {
        return new Thing(Thing.Kind.MODEL, "Chair", owner, owner, shared);
    }

    @Test
    void the_local_user_of_a_machine_may_do_everything() {
        for (Act act : Act.values()) {
            assertThat(policy.decide(new Caller.LocalUser("me"), act, model("somebody", Access.NONE)))
                    .isInstanceOf(Allowed.class);
        }
    }

    @Test
    void what_is_not_shared_is_hidden_and_the_reason_names_nobody_to_the_caller() {
        for (Role role : new Role[] {Role.ARTIST, Role.VIEWER}) {
            for (Act act : Act.values()) {
                assertThat(policy.decide(person("eve", role), act, task("ada", "ada", Access.NONE)))
                        .isInstanceOfSatisfying(
                                Denied.class, d -> assertThat(d.hidden()).isTrue());
            }
        }
    }

    @Test
    void a_share_for_reading_gives_reading_and_says_who_could_give_more() {
        Thing shared = model("ada", Access.READ);
        assertThat(policy.decide(person("eve", Role.ARTIST), Act.READ, shared)).isInstanceOf(Allowed.class);
        assertThat(policy.decide(person("eve", Role.ARTIST), Act.EDIT, shared))
                .isInstanceOfSatisfying(Denied.class, d -> {
                    assertThat(d.hidden()).isFalse();
                    assertThat(d.why()).contains("'Chair'").contains("ask ada");
                });
    }

    @Test
    void a_viewer_reads_only_whatever_the_share_says() {
        assertThat(policy.decide(person("vic", Role.VIEWER), Act.EDIT, model("ada", Access.EDIT)))
                .isInstanceOfSatisfying(Denied.class, d -> assertThat(d.why()).contains("viewer"));
        assertThat(policy.decide(person("vic", Role.VIEWER), Act.READ, model("ada", Access.EDIT)))
                .isInstanceOf(Allowed.class);
    }

    @Test
    void a_wrangler_steers_all_tasks_and_changes_no_models() {
        assertThat(policy.decide(person("wim", Role.WRANGLER), Act.EDIT, task("ada", "ada", Access.NONE)))
                .isInstanceOf(Allowed.class);
        assertThat(policy.decide(person("wim", Role.WRANGLER), Act.EDIT, model("ada", Access.NONE)))
                .isInstanceOf(Denied.class);
        assertThat(policy.decide(person("wim", Role.WRANGLER), Act.SHARE, task("ada", "ada", Access.NONE)))
                .isInstanceOf(Denied.class);
    }

    @Test
    void whose_project_it_is_may_change_and_share_what_lies_in_it() {
        assertThat(policy.decide(person("ada", Role.ARTIST), Act.EDIT, task("eve", "ada", Access.NONE)))
                .isInstanceOf(Allowed.class);
        assertThat(policy.decide(person("ada", Role.ARTIST), Act.SHARE, task("eve", "ada", Access.NONE)))
                .isInstanceOf(Allowed.class);
    }

    @Test
    void sharing_for_editing_does_not_give_the_right_to_share_on() {
        assertThat(policy.decide(person("eve", Role.ARTIST), Act.SHARE, model("ada", Access.EDIT)))
                .isInstanceOf(Denied.class);
    }

    @Test
    void the_console_of_a_server_with_accounts_reads_nothing_of_anybody() {
        assertThat(policy.decide(new Caller.Console(), Act.READ, model("ada", Access.EDIT)))
                .isInstanceOf(Denied.class);
        assertThat(new Caller.Console().permissions()).doesNotContain(Permission.ADMINISTER, Permission.RENDER);
    }

    @Test
    void a_node_speaks_about_itself_and_its_own_work_and_reads_what_that_needs() {
        Caller node = new Caller.Node("n1", "render-07");
        assertThat(policy.speaksAs(node, "n1")).isInstanceOf(Allowed.class);
        assertThat(policy.speaksAs(node, "n2")).isInstanceOf(Denied.class);
        assertThat(policy.reportsOf(node, "n1")).isInstanceOf(Allowed.class);
        assertThat(policy.reportsOf(node, "n2")).isInstanceOf(Denied.class);
        assertThat(policy.reportsOf(node, null)).isInstanceOf(Denied.class);
        assertThat(policy.readsInput(node, true)).isInstanceOf(Allowed.class);
        assertThat(policy.readsInput(node, false)).isInstanceOf(Denied.class);
        assertThat(policy.decide(node, Act.READ, model("ada", Access.EDIT))).isInstanceOf(Denied.class);
        assertThat(policy.readsEverything(node)).isFalse();
    }

    @Test
    void nobody_but_a_node_speaks_as_one() {
        assertThat(policy.speaksAs(new Caller.LocalUser("me"), "n1")).isInstanceOf(Denied.class);
        assertThat(policy.speaksAs(person("n1", Role.ADMIN), "n1")).isInstanceOf(Denied.class);
        assertThat(new Caller.LocalUser("me").permissions()).doesNotContain(Permission.NODE);
        for (Role role : Role.values()) {
            assertThat(role.permissions()).doesNotContain(Permission.NODE);
        }
        assertThat(new Caller.Node("n1", "render-07").permissions()).containsExactly(Permission.NODE);
    }

    @Test
    void high_priorities_are_for_wranglers() {
        assertThat(policy.priority(person("eve", Role.ARTIST), 75)).isInstanceOf(Allowed.class);
        assertThat(policy.priority(person("eve", Role.ARTIST), 76))
                .isInstanceOfSatisfying(Denied.class, d -> assertThat(d.why()).contains("up to 75"));
        assertThat(policy.priority(person("wim", Role.WRANGLER), 100)).isInstanceOf(Allowed.class);
        assertThat(policy.priority(new Caller.LocalUser("me"), 100)).isInstanceOf(Allowed.class);
    }
}
