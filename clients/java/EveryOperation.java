// Every operation of the Videos API with the official Java SDK.
//
// OPENAI_BASE_URL and OPENAI_API_KEY say where the server is; picture.png lies in this folder.

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.models.videos.Video;
import com.openai.models.videos.VideoCreateCharacterParams;
import com.openai.models.videos.VideoCreateParams;
import com.openai.models.videos.VideoDownloadContentParams;
import com.openai.models.videos.VideoEditParams;
import com.openai.models.videos.VideoExtendParams;
import com.openai.models.videos.VideoListParams;
import com.openai.models.videos.VideoModel;
import com.openai.models.videos.VideoRemixParams;
import com.openai.models.videos.VideoSeconds;
import com.openai.models.videos.VideoSize;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

public final class EveryOperation {
    private static final OpenAIClient client = OpenAIOkHttpClient.fromEnv();

    public static void main(String[] args) throws Exception {
        Path picture = Path.of("picture.png");
        Path film = Path.of("fox.mp4");

        // Create a video, wait for it, look at it.
        Video video = finished(client.videos().create(VideoCreateParams.builder()
            .prompt("A fox runs through a snowy forest at dusk")
            .model(VideoModel.SORA_2)
            .seconds(VideoSeconds._4)
            .size(VideoSize._720X1280)
            .build()));
        check(client.videos().retrieve(video.id()).validate().equals(video), "the same film");

        // Download it: the film, a picture of it, a sheet of pictures.
        download(video.id(), VideoDownloadContentParams.Variant.THUMBNAIL, Path.of("fox.webp"));
        download(video.id(), VideoDownloadContentParams.Variant.SPRITESHEET, Path.of("fox.jpg"));
        download(video.id(), VideoDownloadContentParams.Variant.VIDEO, film);
        check(start(film).startsWith("ftyp", 4), "MP4");
        check(start(Path.of("fox.webp")).startsWith("WEBP", 8), "WebP");
        check(start(Path.of("fox.jpg")).startsWith("\u00ff\u00d8\u00ff"), "JPEG");

        // Begin with a picture.
        Video fromPicture = client.videos().create(VideoCreateParams.builder()
            .prompt("Snow begins to fall, an owl flies past")
            .inputReference(picture)
            .build());

        // Make a character out of a film, and let it act.
        var character = client.videos().createCharacter(VideoCreateCharacterParams.builder()
            .name("Mossy")
            .video(film)
            .build());
        String characterId = character.id().orElseThrow();
        check(client.videos().getCharacter(characterId).name().equals(character.name()), "its name");
        Video scene = client.videos().create(VideoCreateParams.builder()
            .prompt("Mossy walks along a beach at dawn")
            .putAdditionalBodyProperty(
                "characters", JsonValue.from(List.of(Map.of("id", characterId))))
            .build());

        // Go on from a film.
        Video remix = client.videos().remix(video.id(), VideoRemixParams.builder()
            .prompt("A fox runs through a snowy forest at night")
            .build());
        Video edit = client.videos().edit(VideoEditParams.builder()
            .prompt("Make it night")
            .video(VideoEditParams.Video.VideoReferenceInputParam.builder().id(video.id()).build())
            .build());
        Video longer = client.videos().extend(VideoExtendParams.builder()
            .prompt("Snow begins to fall")
            .seconds(VideoSeconds._4)
            .video(VideoExtendParams.Video.VideoReferenceInputParam.builder().id(video.id()).build())
            .build());

        // Go on from a film of one's own: a path, or bytes.
        Video ownEdit = client.videos().edit(VideoEditParams.builder()
            .prompt("Make it look like an old film")
            .video(film)
            .build());
        Video ownLonger = client.videos().extend(VideoExtendParams.builder()
            .prompt("Snow begins to fall")
            .seconds(VideoSeconds._4)
            .video(Files.readAllBytes(film))
            .build());

        // Wait for them all.
        check(finished(remix).remixedFromVideoId().orElseThrow().equals(video.id()), "a remix");
        check(finished(longer).seconds().asString().equals("8"), "twice as long");
        check(finished(ownLonger).seconds().asString().equals("8"), "twice as long");
        check(finished(edit).seconds().asString().equals("4"), "as long as before");
        check(finished(ownEdit).seconds().asString().equals("4"), "as long as before");
        finished(fromPicture);
        finished(scene);

        // List them, newest first, in pages of three.
        List<String> ids = Stream.of(
                video, fromPicture, scene, remix, edit, longer, ownEdit, ownLonger)
            .map(Video::id)
            .toList();
        var page = client.videos().list(VideoListParams.builder().limit(3).build());
        check(page.data().size() == 3 && page.hasMore().orElseThrow(), "three, and more to come");
        List<String> listed =
            page.autoPager().stream().map(Video::id).filter(ids::contains).toList();
        check(listed.equals(ids.stream().sorted(Comparator.reverseOrder()).toList()), "each once");

        // Delete one; it is gone.
        var deleted = client.videos().delete(ownEdit.id());
        check(deleted.deleted() && deleted.id().equals(ownEdit.id()), "deleted");
        refused(NotFoundException.class, () -> client.videos().retrieve(ownEdit.id()));

        // What can't be done is said in the SDK's own exceptions.
        var error = refused(BadRequestException.class, () -> client.videos().create(
            VideoCreateParams.builder().prompt("A cat").seconds(VideoSeconds.of("5")).build()));
        check(error.param().orElseThrow().equals("seconds"), "which field");
        check(error.code().orElseThrow().equals("invalid_value"), "what is wrong with it");
        error = refused(BadRequestException.class, () -> client.videos().create(
            VideoCreateParams.builder().prompt("").build()));
        check(error.param().orElseThrow().equals("prompt"), "no prompt");

        client.close();
    }

    /** Waits for a job; it must come to a good end. */
    private static Video finished(Video job) throws InterruptedException {
        Video video = job;
        while (video.status().equals(Video.Status.QUEUED)
                || video.status().equals(Video.Status.IN_PROGRESS)) {
            Thread.sleep(200);
            video = client.videos().retrieve(job.id());
        }
        check(video.status().equals(Video.Status.COMPLETED), video.toString());
        check(video.progress() == 100, "all of it");
        return video;
    }

    private static void download(String id, VideoDownloadContentParams.Variant variant, Path file)
            throws Exception {
        var params = VideoDownloadContentParams.builder().videoId(id).variant(variant).build();
        try (var response = client.videos().downloadContent(params)) {
            Files.copy(response.body(), file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static String start(Path file) throws Exception {
        try (var content = Files.newInputStream(file)) {
            return new String(content.readNBytes(12), StandardCharsets.ISO_8859_1);
        }
    }

    /** Makes a call that the server must refuse; the SDK's exception. */
    private static <E extends OpenAIServiceException> E refused(Class<E> kind, Callable<?> call)
            throws Exception {
        try {
            call.call();
        } catch (OpenAIServiceException error) {
            return kind.cast(error);
        }
        throw new AssertionError("no " + kind.getSimpleName());
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
