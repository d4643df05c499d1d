import RaggedCore
import RaggedReport
import RaggedStore
import RaggedTraining

/// The sequences with the greatest loss, of any number: only the worst are held.
struct WorstSequences {
  struct Entry: Equatable {
    /// Its position in the source.
    var position: Int
    /// Its loss; undefined ones count as the greatest.
    var loss: Double
  }

  let limit: Int
  /// Greatest loss first; of equals the first in the source.
  private(set) var entries: [Entry] = []

  init(limit: Int) { self.limit = limit }

  /// Looks at a sequence. O(limit).
  mutating func add(_ entry: Entry) {
    guard limit > 0 else { return }
    let place = entries.firstIndex { WorstSequences.isWorse(entry, $0) } ?? entries.count
    guard place < limit else { return }
    entries.insert(entry, at: place)
    if entries.count > limit { entries.removeLast() }
  }

  private static func isWorse(_ first: Entry, _ second: Entry) -> Bool {
    let (a, b) = (first.loss.isNaN ? .infinity : first.loss, second.loss.isNaN ? .infinity : second.loss)
    return a == b ? first.position < second.position : a > b
  }
}

/// The worst-predicted sequences, drawn with what the model says of them as time goes on.
struct WorstSection {
  let judgement: RunJudgement

  private var model: TrainedModel { judgement.model }
  private var target: TargetSignature { model.signature.target }

  var section: ReportPage.Section? {
    guard judgement.worst.limit > 0 else { return nil }
    var text = "The \(NumberText.count(judgement.worst.entries.count, "sequence")) with the greatest loss. "
    text +=
      target.isLabels
      ? "The labels of each stand in a row, and behind ✗ what was read instead; \(LabelAlignment.nothing) is none. The lines are what "
        + "the model says at each timestep."
      : target.isPerTimestep
        ? "The lines are what the model says at each timestep."
        : "The lines are what the model says of the first timesteps alone, up to each one: the last is its prediction."
    if target.isClass { text += " The strip above them marks where it is wrong." + tagWords + shadeWords }
    if !target.isPerTimestep, !target.isLabels, readsBackwards {
      text += " It reads backwards too, from the end of what it is given: each prefix is read anew."
    }
    let blocks = judgement.worst.entries.enumerated().map { rank, entry -> ReportPage.Block in
      do {
        return try block(entry, rank: rank + 1)
      } catch {
        return .text("A sequence cannot be read: \(error)")
      }
    }
    let title = "Worst-predicted sequences" + (judgement.head.map { ": \($0.clipped(to: 60))" } ?? "")
    return ReportPage.Section(title, blocks.isEmpty ? "There is none." : text, blocks)
  }

  private var readsBackwards: Bool {
    do {
      try model.trainer.checkStatesGoOn()
      return false
    } catch {
      return model.trainer.truncation == nil
    }
  }

  private func block(_ entry: WorstSequences.Entry, rank: Int) throws -> ReportPage.Block {
    let position = entry.position
    let fitted = try model.source(judgement.source, needsTargets: true)
    let stored = try judgement.source.gather([position])
    let batch = try fitted.gather([position])
    let key = try judgement.source.keys([position]).first ?? ""
    let course = try SequenceCourse(model, fitted, batch, position: position)
    let length = batch.timesteps
    var details = ["\(NumberText.count(length, "timestep")), loss \(NumberText.figure(entry.loss))"]
    if let verdict = course.verdict { details.append(verdict) }
    var content = Markup.empty
    if let text = tokens(stored, batch, course) { content += text }
    if model.signature.input.tokens == nil { content += categories(stored, course) }
    if let alignment = course.alignment {
      let names = model.labelNames
      content += alignment.markup { names.indices.contains(Int($0)) ? names[Int($0)] : String($0) }
    }
    if length > 0 {
      let rows = rows(stored)
      content +=
        SequenceChart(
          "sequence \(key.clipped(to: 60))", length: length, rows: rows, lines: course.lines, yLabel: course.label,
          yRange: course.range, faults: course.faults
        ).markup
      let more = model.signature.input.names.count - rows.count
      if more > 0, !rows.isEmpty { content += "<p class=\"quiet\">and \(NumberText.count(more, "more feature"))</p>" }
    } else {
      content += "<p class=\"quiet\">It has no timesteps.</p>"
    }
    return .half("\(rank). \(key.clipped(to: 60))", details.joined(separator: "; "), content)
  }

  private func rows(_ batch: SequenceBatch) -> [SequenceChart.Row] {
    let (input, names) = (batch.input, model.signature.input.names)
    return (0..<min(input.featureCount, SequenceChart.rowLimit)).map { feature in
      let line = (0..<batch.timesteps).map { t in
        let isKnown = batch.validity?[t] ?? true && input.isObserved(t, feature)
        return isKnown ? Double(input.values[t * input.featureCount + feature]) : .nan
      }
      return SequenceChart.Row(feature < names.count ? names[feature] : "", values: line)
    }
  }

  /// What follows the text of what the lines are.
  private var tagWords: String {
    guard judgement.source.signature.input.isTokens, target.isPerTimestep, target.isClass, !model.predictsLater else {
      return ""
    }
    let usual = outside.map { " where that is not \($0)" } ?? ""
    return
      " Under a token stands what it is\(usual), and behind ✗ what it was wrongly taken for; dotted ones the model does "
      + "not know."
  }

  /// The tag of what is no entity, which is not worth showing.
  private var outside: String? {
    TagScheme(target.names) != nil && target.names.containsExactly("O") ? "O" : nil
  }

  /// - Parameters:
  ///   - batch: the sequence as it is stored.
  ///   - fitted: as the model sees it.
  private func tokens(_ batch: SequenceBatch, _ fitted: SequenceBatch, _ course: SequenceCourse) -> Markup? {
    guard let column = judgement.source.signature.input.tokens else { return nil }
    let tokens = batch.input.codes
    // What comes next stands in the text itself. With a begin in front the model sees other timesteps than the text has.
    let isFitted = fitted.input.codes.count == tokens.count
    let isTagged = isFitted && !model.predictsLater
    let shown = tokens.prefix(TokenText.limit).enumerated().map { t, token -> TokenText.Token in
      let share = share(of: column, at: t, course)
      let note = "timestep \(t)" + (share.map { ", probability of \(shadeName) \(NumberText.fixed($0, 3))" } ?? "")
      let tag = isTagged && t < course.tags.count ? course.tags[t] : nil
      return TokenText.Token(
        column.text(of: token), share: share, note: note,
        tag: tag.flatMap {
          $0.mistake == nil && $0.truth == outside ? nil : TokenText.Tag($0.truth, mistake: $0.mistake)
        },
        isUnknown: isFitted && fitted.input.codes[t] == Vocabulary.unknownIndex)
    }
    return TokenText(shown, separator: separator(of: column, shown), more: tokens.count - shown.count).markup
  }

  /// Category columns that are shown as text beside numbers, the first ones.
  private static let categoryLimit = 3

  /// The category columns of an input that has others too, each as text under its name.
  private func categories(_ batch: SequenceBatch, _ course: SequenceCourse) -> Markup {
    let columns = judgement.source.signature.input.timestep.categories
    let (codes, width) = (batch.input.codes, batch.input.codeCount)
    guard width == columns.count else { return .empty }
    return columns.prefix(Self.categoryLimit).enumerated().map { place, column -> Markup in
      let shown = (0..<min(batch.timesteps, TokenText.limit)).map { t -> TokenText.Token in
        let share = share(of: column, at: t, course)
        let note = "timestep \(t)" + (share.map { ", probability of \(shadeName) \(NumberText.fixed($0, 3))" } ?? "")
        return TokenText.Token(column.text(of: codes[t * width + place]), share: share, note: note)
      }
      let text = TokenText(shown, separator: separator(of: column, shown), more: batch.timesteps - shown.count)
      return "<p class=\"quiet name\">\(column.name.clipped(to: 60))</p>\(text.markup)"
    }.joined()
  }

  /// Characters stand side by side, words with a space between them, and names of several words with a dot.
  private func separator(of column: CategoryColumn, _ tokens: [TokenText.Token]) -> String {
    guard column.vocabulary?.unit != .characters else { return "" }
    return tokens.contains { $0.text.contains(where: \.isWhitespace) } ? " · " : " "
  }

  /// What the shade of a token says: how likely the truth is after it, or of what comes next, how likely it was itself.
  private func share(of column: CategoryColumn, at t: Int, _ course: SequenceCourse) -> Double? {
    guard model.predictsLater else { return model.signature.input.isTokens ? course.truth(after: t) : nil }
    return predicts(column) && t > 0 ? course.truth(after: t - 1) : nil
  }

  /// Whether what is predicted is the next cell of a column.
  private func predicts(_ column: CategoryColumn) -> Bool {
    let name = judgement.head ?? model.columns?.target?.first
    return name.map { $0.isExactly("\(column.name)@1") } ?? false
  }

  /// What the probability is of that shades a token.
  private var shadeName: String {
    model.predictsLater ? "this" : target.isPerTimestep ? "its true class" : "the true class after it"
  }

  /// What follows the text of what the shades are.
  private var shadeWords: String {
    let input = judgement.source.signature.input
    let isShaded = model.predictsLater ? input.timestep.categories.contains(where: predicts) : input.isTokens
    guard isShaded else { return "" }
    let name = model.predictsLater ? "the token was held before it came" : "\(shadeName) is held"
    return " A token's shade says how likely \(name): blue over a line is above a half, orange over a dashed one below."
  }
}
