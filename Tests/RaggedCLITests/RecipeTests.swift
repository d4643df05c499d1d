import Foundation
import Testing

/// The recipes of the documentation: from raw files to a judged model, by the commands that the pages show.
@Suite struct RecipeTests {
  static let recipes = [
    "ActivityFromSensors": "sensors", "NextEventOfALog": "log", "ForecastASeries": "series",
    "EntitiesInText": "entities",
    "NamesLetterByLetter": "names",
  ]

  /// The files that a page begins with, by the script that it names.
  private func workspace(with script: String) throws -> Workspace {
    let workspace = try Workspace()
    let place = BuiltCommand.fixtures.deletingLastPathComponent().appending(path: "recipes/\(script).sh")
    let made = try RunningCommand(URL(filePath: "/bin/sh"), ["-e", place.path], in: workspace.url).result()
    #expect(made.status == 0, "\(made.errors)")
    return workspace
  }

  @Test(arguments: recipes.keys.sorted()) func theCommandsOfARecipePrintWhatItShows(page: String) throws {
    let script = try #require(Self.recipes[page])
    let session = try ArticleSession(page)
    #expect(try ArticleSession.text(of: page).contains("`fixtures/recipes/\(script).sh`"))
    for command in ["ragged import", "ragged train", "ragged evaluate"] {
      let block = try #require(session.blocks.first { $0.command.hasPrefix(command) }, "\(page) has no \(command)")
      #expect(!block.shown.isEmpty, "\(page) shows nothing of \(command)")
    }
    let printed = try session.run(
      in: workspace(with: script), exact: ["ls", "head", "ragged import"], drawn: ["ragged generate"])
    // What a page shows off is worth showing: the model is judged, and better than any forecast without one.
    let lines = printed.joined()
    #expect(lines.contains { $0.hasPrefix("Without a model, fitted on ") })
    #expect(!lines.contains { $0.contains("no better than") }, "\(page)")
  }

  /// The page of the landing's list is there, and the list has every page.
  @Test func theLandingPageLeadsToEveryRecipe() throws {
    let landing = try ArticleSession.text(of: "Ragged")
    for page in Self.recipes.keys { #expect(landing.contains("- <doc:\(page)>"), "\(page)") }
  }
}
