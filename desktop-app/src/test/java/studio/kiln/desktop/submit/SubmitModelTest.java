package studio.kiln.desktop.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import studio.kiln.core.api.ModelView;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.blender.Denoise;
import studio.kiln.core.blender.ImageFormat;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.desktop.Quiet;
import studio.kiln.desktop.SampleServer;
import studio.kiln.desktop.Samples;

class SubmitModelTest {
    private static final ModelView MODEL = Samples.models().getFirst();
    private SampleServer server;
    private Quiet quiet;
    private SubmitModel form;

    @BeforeEach
    void open() throws IOException {
        server = SampleServer.filled();
        quiet = new Quiet(server);
        quiet.link.start();
        await().until(() -> server.streams() == 1);
        form = quiet.on(() -> new SubmitModel(MODEL, Samples.version(MODEL), quiet.link, quiet.background));
    }

    @AfterEach
    void close() {
        quiet.close();
        server.close();
    }

    @Test
    void whatIsLeftAsTheFileHasItIsSentAsInTheFile() {
        TaskRequest request = quiet.on(form::request);

        assertThat(request.settings()).isNull();
        assertThat(request.frames()).isEqualTo("1-120");
        assertThat(request.blender()).isNull();
        assertThat(request.scene()).isNull();
    }

    @Test
    void everyChangeIsInTheRequest() {
        quiet.run(() -> {
            form.framesProperty().set("1-10,20");
            form.widthProperty().set("960");
            form.percentProperty().set(50);
            form.samplesProperty().set("32");
            form.noiseProperty().set("0.05");
            form.denoiseProperty().set(Denoise.OFF);
            form.formatProperty().set(ImageFormat.PNG16);
            form.cameraProperty().set("shot_010");
            form.priorityProperty().set("80");
            form.blenderProperty().set("4.3.2");
        });

        TaskRequest request = quiet.on(form::request);

        assertThat(request.settings())
                .isEqualTo(new RenderSettings(
                        null,
                        32,
                        0.05,
                        960,
                        540,
                        50,
                        ImageFormat.PNG16,
                        "shot_010",
                        Denoise.OFF,
                        null,
                        null,
                        null,
                        null));
        assertThat(request.frames()).isEqualTo("1-10,20");
        assertThat(request.priority()).isEqualTo(80);
        assertThat(request.blender()).isEqualTo("4.3.2");
    }

    @Test
    void theHeightFollowsTheWidthUnlessTheProportionsAreFree() {
        quiet.run(() -> form.widthProperty().set("1280"));
        assertThat(quiet.on(() -> form.heightProperty().get())).isEqualTo("720");

        quiet.run(() -> {
            form.aspectLockedProperty().set(false);
            form.heightProperty().set("100");
        });
        assertThat(quiet.on(() -> form.widthProperty().get())).isEqualTo("1280");
    }

    @Test
    void mistakesAreNamedByFieldAndNothingIsSent() {
        List<TaskView> done = new ArrayList<>();
        quiet.run(() -> {
            form.framesProperty().set("9-1");
            form.samplesProperty().set("0");
            form.noiseProperty().set("many");
            form.widthProperty().set("2");
            form.priorityProperty().set("101");
            form.submit(done::add);
        });

        Map<SubmitModel.Field, String> wrong =
                quiet.on(() -> form.wrongProperty().get());
        assertThat(wrong).containsOnlyKeys(SubmitModel.Field.values());
        assertThat(wrong.get(SubmitModel.Field.FRAMES)).contains("ends before it begins");
        assertThat(quiet.on(() -> form.submittingProperty().get())).isFalse();
        assertThat(server.submitted).isEmpty();
    }

    @Test
    void correctingAMistakeTakesItAway() {
        quiet.run(() -> form.framesProperty().set("x"));
        assertThat(quiet.on(() -> form.wrongProperty().get())).hasSize(1);

        quiet.run(() -> form.framesProperty().set("5"));
        assertThat(quiet.on(() -> form.wrongProperty().get())).isEmpty();
    }

    @Test
    void whatWillHappenComesFromTheServer() {
        await().until(() -> quiet.on(() -> form.previewProperty().get() != null));

        assertThat(quiet.on(() -> SubmitModel.sentences(form.previewProperty().get())))
                .containsExactly("108 frames in 9 chunks, on 2 slots.");
    }

    @Test
    void typingAsksOnlyForTheLastForm() {
        quiet.run(() -> {
            for (int i = 1; i <= 50; i++) {
                form.framesProperty().set("1-" + i);
            }
        });

        await().until(() -> server.previewed.stream().anyMatch(r -> "1-50".equals(r.frames())));
        assertThat(server.previewed).hasSizeLessThan(5);
    }

    @Test
    void theChipsNameFrames() {
        quiet.run(form::firstMiddleLast);
        assertThat(quiet.on(() -> form.framesProperty().get())).isEqualTo("1,60,120");
        quiet.run(form::thisFrame);
        assertThat(quiet.on(() -> form.framesProperty().get())).isEqualTo("1");
        quiet.run(form::allFrames);
        assertThat(quiet.on(form::frameCount)).isEqualTo(120);
    }

    @Test
    void aTestIsOneFrameAtAQuarterOfTheSize() {
        List<TaskView> done = new ArrayList<>();
        quiet.run(() -> {
            form.framesProperty().set("40-60");
            form.submitTest(done::add);
        });

        await().until(() -> quiet.on(() -> !done.isEmpty()));
        TaskRequest request = server.submitted.getFirst();
        assertThat(request.frames()).isEqualTo("40");
        assertThat(request.settings().percent()).isEqualTo(25);
        assertThat(request.settings().samples()).isNull();
    }

    @Test
    void pressingTwiceSubmitsOnce() {
        List<TaskView> done = new ArrayList<>();
        quiet.run(() -> {
            form.submit(done::add);
            form.submit(done::add);
        });

        await().until(() -> quiet.on(() -> !done.isEmpty()));
        assertThat(server.submitted).hasSize(1);
    }

    @Test
    void resettingBringsBackWhatTheFileSays() {
        quiet.run(() -> {
            form.samplesProperty().set("1");
            form.denoiseProperty().set(Denoise.ON);
            form.framesProperty().set("nonsense");
            form.reset();
        });

        assertThat(quiet.on(form::request).settings()).isNull();
        assertThat(quiet.on(() -> form.framesProperty().get())).isEqualTo("1-120");
    }
}
