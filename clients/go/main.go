// Every operation of the Videos API with the official Go SDK.
//
// OPENAI_BASE_URL and OPENAI_API_KEY say where the server is; picture.png lies in this folder.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/openai/openai-go/v3"
)

var (
	ctx    = context.Background()
	client = openai.NewClient()
)

func main() {
	// Create a video, wait for it, look at it.
	video := must(client.Videos.NewAndPoll(ctx, openai.VideoNewParams{
		Prompt:  "A fox runs through a snowy forest at dusk",
		Model:   openai.VideoModelSora2,
		Seconds: openai.VideoSeconds4,
		Size:    openai.VideoSize720x1280,
	}, 0))
	check(video.Status == openai.VideoStatusCompleted, "a film")
	check(must(client.Videos.Get(ctx, video.ID)).RawJSON() == video.RawJSON(), "the same film")

	// Download it: the film, a picture of it, a sheet of pictures.
	film := download(video.ID, openai.VideoDownloadContentParamsVariantVideo, "fox.mp4")
	thumbnail := download(video.ID, openai.VideoDownloadContentParamsVariantThumbnail, "fox.webp")
	sheet := download(video.ID, openai.VideoDownloadContentParamsVariantSpritesheet, "fox.jpg")
	check(string(film[4:8]) == "ftyp", "MP4")
	check(string(thumbnail[8:12]) == "WEBP", "WebP")
	check(bytes.HasPrefix(sheet, []byte{0xff, 0xd8, 0xff}), "JPEG")

	// Begin with a picture.
	fromPicture := must(client.Videos.New(ctx, openai.VideoNewParams{
		Prompt: "Snow begins to fall, an owl flies past",
		InputReference: openai.VideoNewParamsInputReferenceUnion{
			OfFile: must(os.Open("picture.png")),
		},
	}))

	// Make a character out of a film, and let it act.
	character := must(client.Videos.NewCharacter(ctx, openai.VideoNewCharacterParams{
		Name:  "Mossy",
		Video: must(os.Open("fox.mp4")),
	}))
	check(character.Name == "Mossy", "its name")
	check(must(client.Videos.GetCharacter(ctx, character.ID)).ID == character.ID, "the same one")
	// The parameters have no field for characters: the body is given as it is.
	scene := &openai.Video{}
	err := client.Post(ctx, "videos", map[string]any{
		"prompt":     "Mossy walks along a beach at dawn",
		"characters": []map[string]string{{"id": character.ID}},
	}, scene)
	check(err == nil, "a film with a character")

	// Go on from a film.
	remix := must(client.Videos.Remix(ctx, video.ID, openai.VideoRemixParams{
		Prompt: "A fox runs through a snowy forest at night",
	}))
	edit := must(client.Videos.Edit(ctx, openai.VideoEditParams{
		Prompt: "Make it night",
		Video: openai.VideoEditParamsVideoUnion{
			OfVideoEditsVideoVideoReferenceInputParam: &openai.VideoEditParamsVideoVideoReferenceInputParam{
				ID: video.ID,
			},
		},
	}))
	longer := must(client.Videos.Extend(ctx, openai.VideoExtendParams{
		Prompt:  "Snow begins to fall",
		Seconds: openai.VideoSeconds4,
		Video: openai.VideoExtendParamsVideoUnion{
			OfVideoExtendsVideoVideoReferenceInputParam: &openai.VideoExtendParamsVideoVideoReferenceInputParam{
				ID: video.ID,
			},
		},
	}))

	// Go on from a film of one's own.
	ownEdit := must(client.Videos.Edit(ctx, openai.VideoEditParams{
		Prompt: "Make it look like an old film",
		Video:  openai.VideoEditParamsVideoUnion{OfFile: must(os.Open("fox.mp4"))},
	}))
	ownLonger := must(client.Videos.Extend(ctx, openai.VideoExtendParams{
		Prompt:  "Snow begins to fall",
		Seconds: openai.VideoSeconds4,
		Video:   openai.VideoExtendParamsVideoUnion{OfFile: must(os.Open("fox.mp4"))},
	}))

	// Wait for them all.
	check(finished(remix).RemixedFromVideoID == video.ID, "a remix")
	check(finished(longer).Seconds == "8", "twice as long")
	check(finished(ownLonger).Seconds == "8", "twice as long")
	check(finished(edit).Seconds == "4", "as long as before")
	check(finished(ownEdit).Seconds == "4", "as long as before")
	finished(fromPicture)
	finished(scene)

	// List them, newest first, in pages of three.
	ids := []string{}
	for _, job := range []*openai.Video{video, fromPicture, scene, remix, edit, longer, ownEdit, ownLonger} {
		ids = append(ids, job.ID)
	}
	page := must(client.Videos.List(ctx, openai.VideoListParams{Limit: openai.Int(3)}))
	check(len(page.Data) == 3 && page.HasMore, "three, and more to come")
	listed := []string{}
	pages := client.Videos.ListAutoPaging(ctx, openai.VideoListParams{Limit: openai.Int(3)})
	for pages.Next() {
		if slices.Contains(ids, pages.Current().ID) {
			listed = append(listed, pages.Current().ID)
		}
	}
	slices.Sort(ids)
	slices.Reverse(ids)
	check(pages.Err() == nil && slices.Equal(listed, ids), "each once, newest first")

	// Delete one; it is gone.
	deleted := must(client.Videos.Delete(ctx, ownEdit.ID))
	check(deleted.Deleted && deleted.ID == ownEdit.ID, "deleted")
	_, err = client.Videos.Get(ctx, ownEdit.ID)
	check(refusal(err).StatusCode == 404, "gone")

	// What can't be done is said in the SDK's own error.
	_, err = client.Videos.New(ctx, openai.VideoNewParams{Prompt: "A cat", Seconds: "5"})
	check(refusal(err).StatusCode == 400, "no such length")
	check(refusal(err).Param == "seconds" && refusal(err).Code == "invalid_value", "what is wrong")
	_, err = client.Videos.New(ctx, openai.VideoNewParams{})
	check(refusal(err).StatusCode == 400 && refusal(err).Param == "prompt", "no prompt")
}

// finished waits for a job; it must come to a good end.
func finished(job *openai.Video) *openai.Video {
	video := must(client.Videos.PollStatus(ctx, job.ID, 0))
	check(video.Status == openai.VideoStatusCompleted && video.Progress == 100, video.RawJSON())
	return video
}

func download(id string, variant openai.VideoDownloadContentParamsVariant, file string) []byte {
	response := must(client.Videos.DownloadContent(ctx, id, openai.VideoDownloadContentParams{Variant: variant}))
	defer response.Body.Close()
	content := must(io.ReadAll(response.Body))
	check(os.WriteFile(file, content, 0o644) == nil, file)
	return content
}

// refusal is the SDK's error for an answer that is not 200.
func refusal(err error) *openai.Error {
	var refused *openai.Error
	check(errors.As(err, &refused), "an error of the SDK's")
	return refused
}

func must[T any](value T, err error) T {
	check(err == nil, fmt.Sprint(err))
	return value
}

func check(holds bool, what string) {
	if !holds {
		panic(what)
	}
}
