import type { FactIntent } from './types.js';

/** Languages of closed questions. */
export type FactLanguage = 'en' | 'de' | 'fr' | 'es';

/** Phrases of one intent in one language; each must match a whole question. `topic` and `id` are named groups. */
export interface IntentPattern {
  readonly intent: FactIntent;
  readonly language: FactLanguage;
  readonly pattern: RegExp;
}

/** An id by its beginning: letters of a ULID with a digit among them. */
const id = '#?(?<id>(?=[a-z]*\\d)[0-9a-hjkmnp-tv-z]{4,26})';
const topic = '(?<topic>.{2,120})';

const phrases: Readonly<
  Record<
    FactLanguage,
    { readonly lead: string; readonly tail: string; readonly of: Readonly<Record<FactIntent, readonly string[]>> }
  >
> = {
  en: {
    lead: '(?:(?:please|hey|hi|hello|ok|okay|so|and|well|sorry|wait|tale|quick question|remind me|tell me|can you (?:please )?(?:tell|remind) me|could you (?:please )?(?:tell|remind) me|do you (?:know|remember))[,:]? )*',
    tail: '(?: (?:please|again|now|right now|so far|today|exactly|then|actually|thanks))*',
    of: {
      'last-request': [
        "what(?: was|['’]s| is) (?:my|the) (?:last|latest|previous|most recent) (?:request|question|prompt|message|query|instruction|order)(?: (?:i (?:made|sent|gave you|asked|wrote)|to you|of mine))?",
        'what (?:did|have) i (?:just |last |just now )?ask(?:ed)?(?: you)?(?: (?:for|to do|about))?(?: (?:last|just now|before|previously|earlier|a moment ago))?',
        '(?:what|which) (?:request|question) did i (?:make|ask|send)(?: you)? (?:last|before)',
        "what(?: was|['’]s) the (?:last|latest) thing i (?:asked|said|wrote|told|requested|wanted)(?: you)?(?: (?:for|to do|about))?",
        '(?:repeat|show(?: me)?|quote|give me) my (?:last|latest|previous) (?:request|question|prompt|message)',
        'my (?:last|latest|previous) (?:request|question|prompt|message)',
        'what (?:i (?:just |last )?asked|my (?:last|latest|previous) (?:request|question) was)(?: you)?(?: (?:for|to do|about|last))?',
        'what did i (?:just |last )(?:say|write|tell you|request|want)|what did i (?:say|write|request) (?:last|before that)',
      ],
      'last-answer': [
        "what(?: was|['’]s| is) your (?:last|latest|previous|most recent) (?:answer|reply|response|message)",
        'what did you (?:just |last )(?:say|answer|reply|write|tell me)|what did you (?:say|answer|reply|tell me) (?:last|before|just now|a moment ago)',
        '(?:repeat|show(?: me)?|quote|give me) (?:your|the) (?:last|latest|previous) (?:answer|reply|response|message)',
        "what(?: was|['’]s) the last thing you (?:said|wrote|told me|answered)",
        'your (?:last|latest|previous) (?:answer|reply|response)|(?:repeat|say) that(?: again)?|come again',
      ],
      'task-status': [
        'status|progress|(?:any|some) (?:progress|news|update)(?: on (?:my|the) tasks?)?|(?:status|progress) (?:of|on) (?:my|the|all my) (?:last |current |latest |running )?tasks?',
        "what(?: is|['’]s| are) the (?:current )?(?:status|state|progress)(?: (?:of|on|with) (?:my|the|all my|that|this) (?:last |current |latest |running )?(?:tasks?|request|job))?",
        "how (?:is|are|['’]s) (?:my|the|that|it|this)(?: (?:last |current |latest )?(?:tasks?|request|job))? (?:going|doing|coming along|progressing|getting on)",
        '(?:is|are) (?:my|the|that|it|this)(?: (?:last |current |latest )?(?:tasks?|request|job))? (?:already )?(?:done|finished|ready|complete|completed|running|still running)(?: yet| already)?',
        'how far (?:along )?(?:are you|is (?:it|my task|the task)|did you get)(?: along)?|are you (?:done|finished|ready)(?: yet| already)?',
        'where (?:does|do) (?:my|the) (?:last |current )?tasks? stand|how much is done|how long will (?:it|my task|the task) (?:still )?take|what step (?:are you|is (?:it|my task|the task)) (?:on|at)',
        '(?:give me|show me) (?:the|a) (?:status|progress)(?: update)?(?: (?:of|on) (?:my|the) tasks?)?',
      ],
      'task-by-id': [
        `(?:what(?: is|['’]s) the )?(?:status|state|progress) (?:of|on|for) (?:(?:my |the )?task )?${id}`,
        `(?:how is|how['’]s|what about|show(?: me)?|what happened (?:to|with)|is) (?:(?:my |the )?task )?${id}(?: (?:going|doing|done|finished|ready|coming along|running))?(?: yet)?`,
        `(?:my |the )?task ${id}(?: (?:status|progress))?`,
        `(?:where (?:does|is)|how far is) (?:my |the )?task ${id}(?: stand)?`,
      ],
      'task-list': [
        '(?:list|show(?: me)?|give me) (?:all )?(?:of )?(?:my |the )?(?:open |running |current |active |queued |pending )?tasks',
        '(?:what|which) (?:open |running |active )?tasks (?:do i have|are (?:there|open|running|active|queued|pending|still open|in progress)|have i (?:got|submitted)|are left|did i submit)(?: (?:open|running))?',
        'what are my (?:open |running |current |active |queued |pending )?tasks|(?:my |all )(?:open |running |active )?tasks|do i have (?:any )?(?:open |running )tasks|how many (?:open |running )?tasks (?:do i have|are (?:open|running))',
        'what are you (?:currently )?working on',
      ],
      'said-about': [
        `what (?:did|have) (?:i|we) (?:say|said|tell you|told you|mention(?:ed)?|write|written|discuss(?:ed)?|talk(?:ed)?(?: about)?|decide(?:d)?) (?:about|on|regarding|concerning) ${topic}`,
        `(?:did|have) (?:i|we) (?:ever )?(?:say|said|mention|mentioned|tell you|told you|write|written) (?:anything |something )(?:about|on|regarding) ${topic}`,
        `what (?:i|we) (?:said|told you|wrote|mentioned|decided) (?:about|on|regarding) ${topic}`,
      ],
      'known-about-me': [
        'what do you (?:know|remember|have stored|have saved)(?: all)? about me',
        'what have you (?:remembered|stored|saved|learned|learnt|noted)(?: about me)?|what did you (?:remember|store|save|learn|note) about me',
        '(?:list|show(?: me)?) (?:all )?(?:my |your |the )?memories(?: (?:of|about) me)?|(?:what|which) memories do you have(?: (?:of|about) me)?',
        'what are my (?:preferences|standing instructions|saved preferences)|everything you know about me',
      ],
    },
  },
  de: {
    lead: '(?:(?:bitte|hey|hallo|hi|ok|okay|also|und|so|sag mal|sag mir|sag mir bitte|entschuldigung|moment|tale|erinnere mich|weißt du(?: noch)?|kannst du mir (?:bitte )?sagen),? )*',
    tail: '(?: (?:bitte|nochmal|noch mal|noch einmal|jetzt|gerade|bisher|heute|genau|eigentlich|denn|danke))*',
    of: {
      'last-request': [
        'was war (?:meine|mein) (?:letzte|letzter|letztes|vorherige|vorheriger|jüngste) (?:anfrage|frage|bitte|auftrag|nachricht|prompt|anweisung|wunsch)',
        'was (?:habe|hab|hatte) ich (?:dich |dir )?(?:gerade|eben|zuletzt|vorhin|als letztes|gerade eben|vorher)(?: (?:dich |dir )?)?(?:gefragt|gebeten|geschrieben|gesagt|verlangt|gewollt|angefragt)',
        'was (?:habe|hab|hatte) ich (?:dich|dir) (?:gefragt|gebeten|geschrieben)|(?:was|worum) (?:habe|hab|hatte) ich (?:dich )?(?:gerade |eben |zuletzt |vorhin )?gebeten|wonach (?:habe|hab|hatte) ich (?:gerade |eben |zuletzt |dich )?gefragt',
        '(?:wiederhole|wiederhol|zeig|zeige|zitiere)(?: mir)? meine (?:letzte|vorherige) (?:anfrage|frage|bitte|nachricht)|meine (?:letzte|vorherige) (?:anfrage|frage|nachricht)',
        'was ich (?:dich |dir )?(?:gerade|eben|zuletzt|vorhin) (?:gefragt|gesagt|geschrieben|gewollt) (?:habe|hab|hatte)|was wollte ich (?:gerade|eben|zuletzt)(?: von dir)?',
      ],
      'last-answer': [
        'was war deine (?:letzte|vorherige) (?:antwort|nachricht|erwiderung)|deine (?:letzte|vorherige) antwort',
        'was (?:hast|hattest) du (?:mir )?(?:gerade|eben|zuletzt|vorhin|als letztes|gerade eben) (?:gesagt|geantwortet|geschrieben)',
        '(?:wiederhole|wiederhol|zeig|zeige)(?: mir)? (?:deine|die) (?:letzte|vorherige) antwort|sag das(?: noch ?mal| noch einmal)|wie bitte',
      ],
      'task-status': [
        'status|fortschritt|wie ist der (?:aktuelle )?(?:status|stand|fortschritt)(?: (?:meiner|der|von meiner|meines|des) (?:letzten |aktuellen |laufenden )?(?:aufgaben?|auftrags?|tasks?))?',
        'wie (?:weit|läuft|steht es um) (?:ist |bist |läuft )?(?:meine|die|der|mein|du|es)(?: (?:letzte |aktuelle |laufende )?(?:aufgabe|auftrag|task))?(?: (?:schon|mittlerweile|inzwischen))?',
        'wie läuft es(?: mit (?:meiner|der) aufgabe)?|wie kommst du voran|gibt es (?:schon )?(?:fortschritte?|neuigkeiten|etwas neues)',
        '(?:ist|sind) (?:meine|die|mein|der|es) ?(?:(?:letzte |aktuelle )?(?:aufgaben?|auftrag|task) )?(?:schon |bereits |inzwischen )?(?:fertig|erledigt|abgeschlossen|durch)|bist du (?:schon |bereits )?(?:fertig|durch)',
        'wie lange (?:dauert|braucht) (?:es|das|meine aufgabe|die aufgabe) noch|status (?:meiner|der) (?:letzten |aktuellen )?aufgaben?|stand (?:meiner|der) (?:letzten |aktuellen )?aufgaben?',
      ],
      'task-by-id': [
        `(?:(?:wie|was) ist der )?(?:status|stand|fortschritt) (?:von|der|zu|für|meiner) (?:(?:aufgabe|task) )?${id}`,
        `(?:wie (?:läuft|weit ist|steht es um)|was ist mit|zeig(?:e)?(?: mir)?|ist) (?:(?:die |meine |der |den )?(?:aufgabe|task) )?${id}(?: (?:schon )?(?:fertig|erledigt|durch))?`,
        `(?:die |meine )?(?:aufgabe|task) ${id}(?: status)?`,
      ],
      'task-list': [
        '(?:liste|zeig|zeige|nenn|nenne)(?: mir)? (?:alle )?(?:meine |die )?(?:offenen |laufenden |aktuellen )?(?:aufgaben|tasks)(?: auf| an)?',
        '(?:welche|was für) (?:offenen |laufenden )?(?:aufgaben|tasks) (?:habe ich|gibt es|sind (?:noch )?offen|laufen(?: noch)?|sind in arbeit)',
        'was sind meine (?:offenen |laufenden |aktuellen )?(?:aufgaben|tasks)|(?:meine|alle) (?:offenen |laufenden )?(?:aufgaben|tasks)|habe ich (?:noch )?offene aufgaben|wie viele (?:offene )?aufgaben habe ich|woran arbeitest du',
      ],
      'said-about': [
        `was (?:habe|hab|hatte) ich (?:dir |dazu )?(?:über|zu|zum|zur|von|wegen) ${topic} (?:gesagt|erzählt|geschrieben|erwähnt|gemeint)`,
        `was (?:haben|hatten) wir (?:über|zu|zum|zur|wegen) ${topic} (?:gesagt|besprochen|beschlossen|entschieden|geschrieben)`,
        `(?:habe|hab|hatte) ich (?:dir )?(?:schon |jemals |mal )?(?:etwas |was )?(?:über|zu|zum|zur|von) ${topic} (?:gesagt|erzählt|geschrieben|erwähnt)`,
      ],
      'known-about-me': [
        'was (?:weißt|weisst) du (?:alles )?über mich|was (?:hast|merkst) du (?:dir )?(?:alles )?(?:über mich |von mir )?(?:gemerkt|gespeichert|gelernt|notiert)',
        '(?:zeig|zeige|liste)(?: mir)? (?:alle |deine |meine )?(?:erinnerungen|gedächtniseinträge)(?: an mich| über mich| auf)?|welche erinnerungen hast du(?: an mich| über mich)?|was sind meine (?:vorlieben|einstellungen|anweisungen)',
      ],
    },
  },
  fr: {
    lead: "(?:(?:s['’]il te plaît|s['’]il vous plaît|stp|svp|hé|salut|bonjour|ok|alors|et|bon|dis-moi|dis moi|dites-moi|rappelle-moi|rappelez-moi|tale|pardon|peux-tu me dire|tu peux me dire|sais-tu|tu sais),? )*",
    tail: "(?: (?:s['’]il te plaît|s['’]il vous plaît|stp|svp|encore|maintenant|déjà|aujourd['’]hui|exactement|merci|encore une fois|jusqu['’]ici))*",
    of: {
      'last-request': [
        "(?:quelle (?:était|etait|est)|c[’']était quoi|c[’']est quoi) ma (?:dernière|précédente) (?:demande|question|requête|consigne)|quel (?:était|est) mon (?:dernier|précédent) (?:message|prompt)|ma (?:dernière|précédente) (?:demande|question|requête)",
        "qu['’]est-ce que je (?:t['’]ai|vous ai|viens de te|viens de) (?:demandé|demander|dit|dire|écrit|écrire)(?: (?:en dernier|juste avant|à l['’]instant|tout à l['’]heure|de faire))?",
        "(?:que|qu['’])(?: ?)(?:t['’]ai-je|vous ai-je|ai-je) (?:demandé|dit|écrit)(?: (?:en dernier|juste avant|à l['’]instant|tout à l['’]heure|de faire))?|je (?:t['’]ai|vous ai) demandé quoi(?: (?:en dernier|juste avant))?",
        "(?:répète|répétez|montre-moi|montrez-moi|cite) ma (?:dernière|précédente) (?:demande|question|requête)|ce que je (?:viens de|t[’']ai) (?:te )?(?:demander|demandé)",
      ],
      'last-answer': [
        "quelle (?:était|est) (?:ta|votre) (?:dernière|précédente) réponse|(?:ta|votre) (?:dernière|précédente) réponse|c[’']était quoi ta dernière réponse",
        "qu['’]est-ce que (?:tu (?:m['’]as|as|viens de(?: me)?)|vous (?:m['’]avez|avez|venez de(?: me)?)) (?:dit|dire|répondu|répondre|écrit)(?: (?:en dernier|juste avant|à l['’]instant))?|(?:que|qu['’])(?: ?)(?:as-tu|m['’]as-tu|avez-vous) (?:dit|répondu)(?: (?:en dernier|juste avant))?",
        '(?:répète|répétez|montre-moi) (?:ta|votre|la) (?:dernière|précédente) réponse|répète (?:ça|cela)',
      ],
      'task-status': [
        "statut|état|avancement|progrès|(?:quel est|où en est|c['’]est quoi) (?:le (?:statut|progrès)|l['’](?:état|avancement))(?: (?:de (?:ma|la|mes)|des) (?:dernière |dernières )?tâches?)?",
        'où en (?:est|sont) (?:ma|la|mes|les|ta) (?:dernière |dernières )?tâches?|où en es-tu|où en êtes-vous|tu en es où|ma tâche en est où|où ça en est|ça avance|comment (?:avance|va) (?:ma|la) tâche',
        "(?:est-ce que )?(?:ma|la|mes|les) (?:dernière )?tâches? (?:est|sont|est-elle|sont-elles) (?:déjà )?(?:finies?|terminées?|prêtes?|faites?)|(?:as-tu|tu as|avez-vous) (?:fini|terminé)|c['’]est (?:fini|prêt|fait|terminé)|du nouveau|combien de temps (?:ça|cela) (?:va )?(?:encore )?(?:prend|prendre|durer|reste)|le statut de (?:ma|la) tâche|statut de (?:ma|la) tâche",
      ],
      'task-by-id': [
        `(?:quel est |où en est )?(?:le statut|l['’]état|l['’]avancement|statut|état|avancement) de (?:(?:la |ma )?tâche )?${id}`,
        `(?:où en est|comment (?:va|avance)|montre(?:-moi)?|qu['’]en est-il de|et) (?:(?:la |ma )?tâche )?${id}`,
        `(?:la |ma )?tâche ${id}(?: (?:est(?:-elle)? (?:finie|terminée|prête)|statut))?`,
      ],
      'task-list': [
        '(?:liste|listez|montre|montre-moi|montrez-moi|affiche|donne-moi) (?:toutes )?(?:mes|les) tâches(?: (?:ouvertes|en cours|actives))?',
        "quelles (?:sont (?:mes|les) tâches|tâches (?:sont (?:ouvertes|en cours|actives)|ai-je|j['’]ai|restent))(?: (?:ouvertes|en cours|actives))?|quelles sont mes tâches|(?:mes|toutes mes) tâches(?: (?:ouvertes|en cours))?|ai-je des tâches (?:ouvertes|en cours)|combien de tâches ai-je|sur quoi (?:travailles-tu|tu travailles)",
      ],
      'said-about': [
        `qu['’]est-ce que (?:j['’]ai|je t['’]ai|je vous ai|on a|nous avons) (?:dit|raconté|écrit|mentionné|décidé) (?:sur|de|du|des|à propos de|à propos du|à propos des|au sujet de|au sujet du|concernant) ${topic}`,
        `(?:que|qu['’])(?: ?)(?:t['’]ai-je|ai-je|avons-nous|a-t-on) (?:dit|raconté|écrit|décidé) (?:sur|de|du|des|à propos de|à propos du|au sujet de|au sujet du|concernant) ${topic}`,
        `(?:est-ce que )?(?:je t['’]ai|j['’]ai|ai-je|t['’]ai-je) (?:déjà )?(?:dit|parlé|écrit|mentionné)(?: quelque chose)? (?:sur|de|du|à propos de|à propos du|au sujet de) ${topic}`,
      ],
      'known-about-me': [
        "(?:que sais-tu|que savez-vous|qu['’]est-ce que tu sais|tu sais quoi|qu['’]est-ce que vous savez) (?:de|sur) moi|(?:qu['’]as-tu|qu['’]est-ce que tu as) (?:retenu|enregistré|mémorisé|appris|noté)(?: (?:de|sur) moi)?",
        '(?:montre-moi|montre|liste|affiche) (?:tes|mes|tous tes|tous mes) souvenirs(?: (?:de|sur) moi)?|quels souvenirs as-tu(?: (?:de|sur) moi)?|quelles sont mes (?:préférences|consignes)',
      ],
    },
  },
  es: {
    lead: '(?:(?:por favor|oye|hola|ok|vale|bueno|y|pues|dime|dígame|recuérdame|tale|perdón|puedes decirme|me puedes decir|sabes),? )*',
    tail: '(?: (?:por favor|otra vez|de nuevo|ahora|hasta ahora|hoy|exactamente|gracias|ya))*',
    of: {
      'last-request': [
        '(?:cuál|cual|qué|que) (?:fue|era|es) mi (?:última|ultima|anterior) (?:petición|peticion|pregunta|solicitud|orden|instrucción)|(?:cuál|cual) (?:fue|era) mi último (?:mensaje|pedido|encargo)|mi (?:última|ultima) (?:petición|peticion|pregunta|solicitud)',
        '(?:qué|que) (?:te (?:pedí|pedi|pregunté|pregunte|dije|escribí)|te he (?:pedido|preguntado|dicho)|te acabo de (?:pedir|preguntar|decir)|acabo de (?:pedirte|preguntarte|pedir|decir|decirte|preguntar))(?: (?:por último|antes|hace un momento|lo último|la última vez|justo ahora|que hicieras))?',
        '(?:qué|que) fue lo último que (?:te )?(?:pedí|pregunté|dije|escribí)|lo último que te (?:pedí|pregunté|dije)',
        '(?:repite|repíteme|muéstrame|muestra|enséñame) mi (?:última|ultima|anterior) (?:petición|pregunta|solicitud)',
      ],
      'last-answer': [
        '(?:cuál|cual|qué|que) (?:fue|era|es) tu (?:última|ultima|anterior) respuesta|tu (?:última|ultima|anterior) respuesta',
        '(?:qué|que) (?:me )?(?:dijiste|respondiste|contestaste|acabas de decir|acabas de decirme|has dicho|escribiste)(?: (?:por último|antes|hace un momento|lo último|justo ahora))?|(?:qué|que) fue lo último que (?:me )?(?:dijiste|respondiste)',
        '(?:repite|repíteme|muéstrame) (?:tu|la) (?:última|ultima|anterior) respuesta|repite eso|dilo otra vez',
      ],
      'task-status': [
        'estado|progreso|(?:cuál|cual|cómo|como) (?:es|está|va) (?:el (?:estado|progreso)|mi tarea|la tarea|mi última tarea|eso)(?: de (?:mi|la|mis|las) (?:última |últimas )?tareas?)?|estado de (?:mi|la|mis|las) (?:última |últimas )?tareas?',
        '(?:cómo|como) (?:va|van|está|están|sigue) (?:mi|la|mis|las) (?:última |últimas )?tareas?|(?:cómo|como) va(?: todo| eso)?|hay (?:novedades|avances|progreso)',
        '(?:está|están|esta) (?:ya )?(?:(?:lista|terminada|acabada|hecha|completada|listas|terminadas) )?(?:mi|la|mis|las) (?:última )?tareas?(?: (?:ya )?(?:lista|terminada|acabada|hecha|completada|listas|terminadas))?|(?:mi|la) tarea (?:ya )?está (?:ya )?(?:lista|terminada|acabada|hecha)|(?:ya )?(?:has )?(?:terminado|terminaste|acabaste)|ya está(?: listo| lista)?',
        '(?:cuánto|cuanto) (?:falta|queda|tarda)(?: (?:para|todavía|aún|mi tarea|la tarea))?|en qué paso (?:vas|va|está)(?: (?:mi|la) tarea)?|por dónde vas',
      ],
      'task-by-id': [
        `(?:(?:cuál|cual|cómo|como) (?:es|está|va) )?(?:el )?(?:estado|progreso) de (?:(?:la |mi )?tarea )?${id}`,
        `(?:(?:cómo|como) (?:va|está|sigue)|qué (?:pasa|pasó) con|muéstrame|muestra|y|está (?:lista|terminada)) (?:(?:la |mi )?tarea )?${id}`,
        `(?:la |mi )?tarea ${id}(?: (?:está (?:lista|terminada)|estado))?`,
      ],
      'task-list': [
        '(?:lista|enumera|muéstrame|muestra|enséñame|dame) (?:todas )?(?:mis|las) tareas(?: (?:abiertas|pendientes|en curso|activas))?',
        '(?:qué|que|cuáles|cuales) (?:son mis tareas|tareas (?:tengo|hay|están (?:abiertas|pendientes|en curso|activas)))(?: (?:abiertas|pendientes|en curso|activas))?|(?:mis|todas mis) tareas(?: (?:abiertas|pendientes|en curso))?|tengo tareas (?:abiertas|pendientes)|(?:cuántas|cuantas) tareas tengo(?: (?:abiertas|pendientes))?|en qué (?:estás trabajando|trabajas)',
      ],
      'said-about': [
        `(?:qué|que) (?:te )?(?:dije|conté|escribí|mencioné|he dicho|he contado|dijimos|hablamos|decidimos|acordamos) (?:sobre|de|del|acerca de|acerca del|respecto a|respecto al) ${topic}`,
        `(?:te )?(?:he dicho|dije|he contado|conté|mencioné|he mencionado) (?:algo|alguna vez) (?:sobre|de|del|acerca de|acerca del) ${topic}`,
      ],
      'known-about-me': [
        '(?:qué|que) (?:sabes|recuerdas|has guardado|has aprendido|has recordado|has anotado)(?: todo)? (?:de|sobre|acerca de) (?:mí|mi)',
        '(?:muéstrame|muestra|lista|enséñame) (?:tus|mis|todos tus|todos mis) recuerdos(?: (?:de|sobre) (?:mí|mi))?|(?:qué|que) recuerdos tienes(?: (?:de|sobre) (?:mí|mi))?|(?:cuáles|cuales) son mis (?:preferencias|instrucciones)',
      ],
    },
  },
};

const order: readonly FactIntent[] = [
  'task-by-id',
  'last-request',
  'last-answer',
  'task-list',
  'task-status',
  'known-about-me',
  'said-about',
];

/** Every pattern, in the order in which they are tried. */
export const intentPatterns: readonly IntentPattern[] = order.flatMap((intent) =>
  (['en', 'de', 'fr', 'es'] as const).flatMap((language) => {
    const { lead, tail, of } = phrases[language];
    return of[intent].map((phrase) => ({
      intent,
      language,
      pattern: new RegExp(`^${lead}(?:${phrase})${tail}$`, 'iu'),
    }));
  }),
);
